import { defineConfig } from 'vite';

// The API and S3 share the console's origin, so that nothing needs to be said about where they are.
export default defineConfig({
  build: {
    target: 'es2022',
    // A preload helper would be one more script, and every browser that is served has modules.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
