"""What a notebook shows and a page is made of: tables, words, formats, charts, and the model of a page."""
