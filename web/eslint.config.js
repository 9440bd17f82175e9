import js from '@eslint/js';
import globals from 'globals';

const rules = {
  ...js.configs.recommended.rules,
  'array-callback-return': 'error',
  curly: ['error', 'multi-line'],
  'default-case-last': 'error',
  eqeqeq: 'error',
  'no-eval': 'error',
  'no-implicit-globals': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-self-compare': 'error',
  'no-shadow': 'error',
  'no-unreachable-loop': 'error',
  'no-use-before-define': ['error', { functions: false, classes: false, variables: false }],
  'no-useless-assignment': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': ['error', { destructuring: 'all' }],
  'prefer-promise-reject-errors': 'error',
};

export default [
  { files: ['static/**/*.js'], languageOptions: { globals: globals.browser }, rules },
  { files: ['scripttest/**/*.js', '*.js'], languageOptions: { globals: globals.node }, rules },
];
