"""What becomes of a released result: both sides confirm or decline; what is lost or left is mended."""
