//! Every limit of AWS, once, with its unit and source. Each service adds its own below.
