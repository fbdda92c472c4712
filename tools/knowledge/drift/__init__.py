"""What differs between code and cluster: manifests read or rendered, then compared field by field with live objects."""
