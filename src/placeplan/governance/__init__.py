"""What goes to a place-planning board, one frame each: powers, admission numbers, money, proposals, provision."""
