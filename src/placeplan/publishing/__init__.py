"""What is sent out from a finished run: packs for partners, open data, the paper for a board."""
