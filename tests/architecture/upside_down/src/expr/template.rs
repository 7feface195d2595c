use minijinja::machinery;
