"""What happens with bad input, decided case by case. `python -m tests.bad_input` writes expected.md anew."""
