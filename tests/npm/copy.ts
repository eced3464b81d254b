// A file of its own, so another copy of the package: as of two bundles on one page.
export * from '@insula/web';
