import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

type Requirement = { readonly id: string; readonly isOffered: boolean }

/** The requirements of docs/rfc-requirements.md; those under a heading that ends with "not offered" are not supported. */
export const requirements: readonly Requirement[] = readFileSync(
  join(root, 'docs/rfc-requirements.md'),
  'utf8',
)
  .split(/^## /m)
  .flatMap(chapter => {
    const [heading = ''] = chapter.split('\n')
    const isOffered = !heading.endsWith('not offered')
    return [...chapter.matchAll(/^\| (R-\d{3}) \|/gm)].map(([, id = '']) => ({ id, isOffered }))
  })

type NamedTest = { readonly file: string; readonly title: string }

// The first argument of `t.test(…)`, or of a function that defines a test whose title begins with the ID.
const titlePattern = /\b(?:t\.test|(?!isScimError)\w+)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*?)\1/g

/** The tests of a file with a requirement ID in their title. */
export function titlesIn(source: string): readonly string[] {
  return [...source.matchAll(titlePattern)]
    .map(([call, , title = '']) => ({ call, title }))
    .filter(({ call, title }) => (call.startsWith('t.test') ? /R-\d{3}/ : /^R-\d{3}/).test(title))
    .map(({ title }) => title)
}

/** Every test with a requirement ID. Contract files are run by other test files. */
export const namedTests = (): readonly NamedTest[] =>
  readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts') || (name.startsWith('contract') && name.endsWith('.ts')))
    .sort()
    .map(name => join(root, 'test', name))
    .flatMap(file =>
      titlesIn(readFileSync(file, 'utf8')).map(title => ({ file: relative(root, file), title })),
    )

/** Each supported requirement with the tests that carry its ID. */
export function requirementsTested(): ReadonlyMap<string, readonly NamedTest[]> {
  const tests = namedTests()
  return new Map(
    requirements
      .filter(({ isOffered }) => isOffered)
      .map(({ id }) => [id, tests.filter(({ title }) => title.includes(id))]),
  )
}
