"""What badges does: one function per use case, which never commits."""
