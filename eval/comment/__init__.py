"""The one comment that `.github/workflows/eval_comment.yml` keeps on a pull request; the standard library alone."""
