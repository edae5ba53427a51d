import { fileTests } from './file-tests.ts'

// What `import t from 'tap'` means in a test file: the URL of the file is the query.
export default fileTests.of(decodeURIComponent(new URL(import.meta.url).search.slice(1)))
