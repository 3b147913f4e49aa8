"""The attention grid."""
