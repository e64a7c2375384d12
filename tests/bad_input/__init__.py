"""What happens with bad input, decided case by case. `python -m tests.bad_input` writes docs/bad-input.md anew."""
