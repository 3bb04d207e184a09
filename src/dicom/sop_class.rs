//! SOP classes and the roles we take in them (Tables 1 to 6, 21, 28).
