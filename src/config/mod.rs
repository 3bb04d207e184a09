//! What is decided before start: directories, environment, logging (layer 1).
