import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import ts from 'typescript'
import type * as exchanges from '../../../src/domain/contract/exchanges.ts'
import type * as findings from '../../../src/domain/contract/findings.ts'
import { operations } from '../../../src/domain/contract/index.ts'
import type { Operation } from '../../../src/domain/contract/operation.ts'
import { durationSchema } from '../../../src/domain/contract/operation.ts'
import { setupStepIdSchema } from '../../../src/domain/contract/setup.ts'
import type * as tenants from '../../../src/domain/contract/tenants.ts'
import { profileNameSchema } from '../../../src/domain/contract/tenants.ts'
import { readDuration } from '../../../src/domain/duration.ts'
import type { Exchange, ExchangeNotes } from '../../../src/domain/journal/exchange.ts'
import { type FindingKind, setupStepIds } from '../../../src/domain/ports/analysis.ts'
import type { TenantSettings } from '../../../src/domain/tenants/tenant.ts'
import { profileNames } from '../../../src/profiles/names.ts'

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
/** Compiles only if all pairs are the same. */
const areSame = <const Pairs extends readonly true[]>(...pairs: Pairs) => pairs.every(Boolean)

t.test('the enums of the contract are those of the server', async t => {
  t.same([...profileNameSchema.options].sort(), [...profileNames].sort())
  t.same(setupStepIdSchema.options, ['token', ...setupStepIds])
  t.ok(
    areSame(
      true satisfies Same<tenants.ProfileName, TenantSettings['profile']>,
      true satisfies Same<
        NonNullable<exchanges.Exchange['recognized']>,
        NonNullable<ExchangeNotes['recognized']>
      >,
      true satisfies Same<NonNullable<exchanges.Exchange['refusal']>, NonNullable<Exchange['refusal']>>,
      true satisfies Same<findings.Basis, NonNullable<FindingKind['basis']>>,
    ),
  )
})

t.test('a duration of the contract is valid for the server', async t => {
  const schema = durationSchema('Give a duration.')
  for (const text of ['90d', '1h30m', '2w1d', '', 'd', '1m1h', '-1d', '1.5h', ' 1d'])
    t.equal(schema.safeParse(text).success, readDuration(text) !== undefined, text)
})

t.test('the parameters of an operation are those of its path', async t => {
  for (const [id, { path, params }] of Object.entries<Operation>(operations))
    t.same(
      Object.keys(params?.shape ?? {}).sort(),
      [...path.matchAll(/:(\w+)/g)].map(([, name]) => name).sort(),
      id,
    )
})

t.test('no two operations have the same method and path', async t => {
  const keys = Object.values<Operation>(operations).map(({ method, path }) => `${method} ${path}`)
  t.same(keys, [...new Set(keys)])
})

const folder = new URL('../../../src/domain/contract/', import.meta.url)

t.test(
  'the contract imports zod, the event parser, the names of profiles and products, the limits of JSON, choices of the domain, and its own files; its client imports types only',
  async t => {
    const importsOf = (file: string) =>
      [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^import (type )?[^']*'([^']+)'/gm)].map(
        ([, type, from]) => ({ isType: type !== undefined, from: from ?? '' }),
      )
    for (const file of readdirSync(folder))
      for (const { from } of importsOf(file))
        t.match(
          from,
          /^(zod|eventsource-parser\/stream|\.\/[\w-]+\.ts|\.\.\/(journal\/operation|faults\/choices|access-review|drift)\.ts|\.\.\/\.\.\/(profiles\/names|scim\/recognition\/products|scim\/json)\.ts)$/,
          file,
        )
    t.same(
      importsOf('client.ts').filter(({ isType }) => !isType),
      [],
    )
  },
)

const compilerOptions: ts.CompilerOptions = {
  ...ts.convertCompilerOptionsFromJson(
    ts.readConfigFile(fileURLToPath(new URL('../../../tsconfig.json', import.meta.url)), ts.sys.readFile)
      .config.compilerOptions,
    fileURLToPath(new URL('../../..', import.meta.url)),
  ).options,
  noEmit: true,
}

/** Each line is code of a caller, with the expected error of the compiler. */
const lines: readonly (readonly [title: string, code: string, error?: RegExp])[] = [
  [
    'members of a response',
    `export const ending: string | undefined = (await call('GET /tenants/:tenant/tokens', { params: { tenant: 'acme' } })).items[0]?.ending`,
  ],
  ['a body', `await call('POST /faults', { body: { effect: { kind: 'status', status: 429 } } })`],
  ['no response', `export const nothing: undefined = await call('DELETE /faults')`],
  [
    'a member that a response does not have',
    `export const suffix = (await call('GET /tenants/:tenant/tokens', { params: { tenant: 'acme' } })).items[0]?.suffix`,
    /'suffix' does not exist/,
  ],
  ['an unknown operation', `await call('GET /tenant', {})`, /"GET \/tenant"' is not assignable/],
  [
    'a member that a body does not have',
    `await call('POST /tenants/:tenant/tokens', { params: { tenant: 'acme' }, body: { scope: 'read' } })`,
    /'scope' does not exist/,
  ],
  [
    'a value that an enum does not have',
    `await call('POST /tenants', { body: { profile: 'okta' } })`,
    /"okta"' is not assignable/,
  ],
  ['a missing parameter', `await call('GET /tenants/:tenant')`, /Expected 2 arguments/],
  [
    'a parameter of the query that does not exist',
    `await call('GET /exchanges', { query: { page: 2 } })`,
    /'page' does not exist/,
  ],
  [
    'a flag of a command',
    `runs('rotate <token>', 'POST /tenants/:tenant/tokens/:token/rotate', '', { flags: { overlap: duration('') }, shows: ({ value }) => value })`,
  ],
  [
    'a flag that the operation of a command lacks',
    `runs('create', 'POST /tenants/:tenant/tokens', '', { flags: { overlap: duration('') }, shows: ({ value }) => value })`,
    /is not assignable/,
  ],
  [
    'a command without the argument that the path names',
    `runs('expire', 'POST /tenants/:tenant/tokens/:token/expire', '', { shows: ({ ending }) => ending })`,
    /'finds' is missing/,
  ],
]

t.test('the compiler reports callers of members that the contract lacks', async t => {
  const errors = compile([
    `import type { Call } from '../../../src/domain/contract/client.ts'; import { runs } from '../../../src/server/cli/noun.ts'; import { duration } from '../../../src/server/cli/options.ts'; declare const call: Call`,
    ...lines.map(([, code]) => code),
  ])
  for (const [index, [title, , error]] of lines.entries()) {
    const found = errors.filter(({ line }) => line === index + 1).map(({ message }) => message)
    if (error) t.match(found.join('\n'), error, title)
    else t.same(found, [], title)
  }
})

/** The compiler’s errors in a file of these lines, each with the index of its line. */
function compile(code: readonly string[]) {
  const path = fileURLToPath(new URL('caller.ts', import.meta.url))
  const host = ts.createCompilerHost(compilerOptions)
  const { fileExists, getSourceFile } = host
  host.fileExists = name => name === path || fileExists(name)
  host.getSourceFile = (name, languageVersion, ...rest) =>
    name === path
      ? ts.createSourceFile(name, code.join('\n'), languageVersion)
      : getSourceFile(name, languageVersion, ...rest)
  const program = ts.createProgram([path], compilerOptions, host)
  const file = program.getSourceFile(path)
  return program.getSemanticDiagnostics(file).map(({ messageText, start = 0 }) => ({
    line: file?.getLineAndCharacterOfPosition(start).line,
    message: ts.flattenDiagnosticMessageText(messageText, '\n'),
  }))
}
