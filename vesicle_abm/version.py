"""The version of the package, in the one place that the build reads."""

VERSION = "0.1.0"
