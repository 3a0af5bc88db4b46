import { defineConfig } from 'vite';

// The API and S3 share the console's origin, so that nothing needs to be said about where they are.
export default defineConfig({
  // `h` has children as arguments, not in an array of a property: a hundredth of all bytes.
  oxc: {
    jsx: { runtime: 'classic', pragma: 'h', pragmaFrag: 'Fragment' },
    jsxInject: "import { Fragment, h } from 'preact'",
  },
  build: {
    target: 'es2022',
    // Every browser that is served has modules.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // One file of styles: a page is never drawn before its own.
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        // What several pages use is one file: else each piece is one, some of 200 bytes.
        codeSplitting: {
          groups: [
            { name: 'parts', minShareCount: 2, includeDependenciesRecursively: false, test: /src/ },
          ],
        },
      },
    },
  },
});
