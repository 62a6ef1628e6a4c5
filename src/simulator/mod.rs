//! The cloud, small and local.
