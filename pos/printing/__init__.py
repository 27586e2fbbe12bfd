"""What is printed: papers as documents, and as the bytes of receipt printers."""
