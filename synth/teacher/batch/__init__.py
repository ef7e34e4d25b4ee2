"""The same calls by batch files: half the price, hours of waiting. Sent, polled and collected, each resumable."""
