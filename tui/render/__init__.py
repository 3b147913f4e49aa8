"""From brightness to what is seen: glyphs, and pictures. Numpy and Pillow alone."""
