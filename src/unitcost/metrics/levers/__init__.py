"""Levers: what could be saved, by how much at best and at worst, and what to do first. Pure."""
