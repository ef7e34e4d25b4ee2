"""Checks of what teachers wrote: rules, another teacher who answers blind, a vote, twins, letters, gold."""
