"""From brightness to what is seen: glyphs, and pictures. Numpy, Pillow and fonts alone."""
