"""What happens when provers fail, or are paid to fail."""
