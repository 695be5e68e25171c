"""Support for relatives, in every municipality, and how sure each fact is."""
