import { readFileSync } from 'node:fs'
import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { diagnose } from '../../scim-compliance/grade/diagnose.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { createServer } from '../../src/index.ts'
import type { ProfileName } from '../../src/profiles/names.ts'
import { runOptions } from './small-server.ts'

type Failure = { readonly rule: string; readonly checks: readonly string[]; readonly reason: string }

/** The rules of the drafts that each profile fails, in the order of the rules, each with its reason. */
const known: Readonly<Record<Exclude<ProfileName, 'interop'>, readonly Failure[]>> = JSON.parse(
  readFileSync('test/compliance/draft-failures.json', 'utf8'),
)

/** Remedies that fit what the profile returns, where a check has several. */
const remedies: Readonly<Record<keyof typeof known, Readonly<Record<string, string>>>> = {
  aws: {
    'interop/filter/and-users': 'Support `and` in filters of users.',
    'interop/filter/undeclared': 'Set scimType to invalidFilter in the body of the 400.',
    'interop/uniqueness/create': 'Set scimType to uniqueness in the body of the 409.',
  },
  entra: {
    'interop/patch/no-path': 'Reject operations without a path.',
    'interop/undeclared/patch-path':
      'Reject operations on paths that no schema declares, instead of ignoring them.',
  },
  rfc: {
    'interop/patch/element-path': 'Reject a path that ends with a filter.',
    'interop/patch/replaces-complex':
      'Replace the whole object with the one in value. For add, merge the two.',
    'interop/undeclared/patch-path': 'Set scimType to invalidSyntax in the body of the 400.',
  },
}

// `interop` fails none: see engines.test.ts.
for (const profile of ['aws', 'entra', 'rfc'] as const) {
  t.test(`${profile} fails exactly the listed checks of the drafts`, async t => {
    await using server = await createServer({ profile })
    const { result } = await runChecks(
      runOptions(server.url, checks, {
        token: server.token,
        as: ['interop', 'ipsie'],
        concurrency: 4,
        timeoutSeconds: 60,
      }),
    )
    const failed = result.outcomes.filter(({ verdict }) => verdict === 'failed' || verdict === 'broken')
    t.same(
      new Set(failed.map(({ check }) => `${check.draft?.rule} ${check.id}`)),
      new Set(known[profile].flatMap(({ rule, checks }) => checks.map(id => `${rule} ${id}`))),
    )
    t.same(
      failed.filter(({ check }) => check.level === 'MAY').map(({ check }) => check.draft?.rule),
      ['IP-26'],
      'the path of an element is only a note',
    )
    t.match(
      Object.fromEntries(failed.map(outcome => [outcome.check.id, diagnose(outcome, result).remedy])),
      remedies[profile],
    )
    t.same(result.leftBehind, [])
  })
}
