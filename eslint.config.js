import tseslint from 'typescript-eslint'
import prettier from 'eslint-config-prettier'

/** Rules that every file obeys; what is stricter for one folder stands below. */
export default tseslint.config(
  { ignores: ['build/', 'node_modules/', 'test/controlplane/'] },
  { files: ['**/*.ts'], extends: [...tseslint.configs.strictTypeChecked] },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'No default exports: a name belongs to the thing.' },
      ],
      'max-lines': ['warn', { max: 300, skipComments: true, skipBlankLines: true }],
      'max-lines-per-function': ['warn', { max: 60, skipComments: true, skipBlankLines: true }],
      complexity: ['warn', 15],
    },
  },
  {
    files: ['src/policy/**/*.ts', 'src/signing/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'console', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: '`now` is one of the facts.' }],
    },
  },
  {
    // chai's assertions are expressions, and mocha's suites are long.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  prettier,
)
