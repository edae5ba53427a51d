import type { Check } from '../../../check.ts'
import type { Json, JsonObject } from '../../../json.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { patchOpUrn } from '../../../urns.ts'
import { textOf, writable } from '../../tools/attributes.ts'
import { patchOfNew } from '../../tools/patches.ts'
import { refusalsOf } from '../checks-of.ts'
import { patchArea } from './areas.ts'

const silent = 'The client believes that its change was made, and never sends it again.'

/** A PATCH of a new user with any body. */
const raw = async (stage: Stage, body: Json): Promise<Answer> =>
  stage.send('PATCH', (await stage.create(stage.users)).path, { body })

const good = ({ users }: Stage): JsonObject => ({ op: 'add', path: textOf(users), value: 'New' })

/** A PATCH that has to be taken. */
const control = (stage: Stage): Promise<Answer> => patchOfNew(stage, good(stage))

const refusals: readonly Omit<Parameters<typeof refusalsOf>[1][number], 'control'>[] = [
  {
    id: 'refuses-no-schema',
    level: 'SHOULD',
    says: 'A body that doesn’t name the PatchOp schema is refused.',
    requirements: ['R-167'],
    matters: 'What was meant as something else is taken for a PATCH.',
    mend: `Answer a body whose schemas lack ${patchOpUrn} with 400 and invalidSyntax.`,
    scimTypes: ['invalidSyntax', 'invalidValue'],
    send: stage => raw(stage, { Operations: [good(stage)] }),
  },
  {
    id: 'refuses-no-operations',
    level: 'SHOULD',
    says: 'A body without Operations is refused.',
    requirements: ['R-168'],
    matters: silent,
    mend: 'Answer it with 400 and invalidSyntax.',
    send: stage => raw(stage, { schemas: [patchOpUrn] }),
  },
  {
    id: 'refuses-empty-operations',
    level: 'SHOULD',
    says: 'A body with an empty list of Operations is refused.',
    requirements: ['R-168'],
    matters: silent,
    mend: 'Answer it with 400 and invalidSyntax.',
    send: stage => raw(stage, { schemas: [patchOpUrn], Operations: [] }),
  },
  {
    id: 'refuses-unknown-op',
    level: 'SHOULD',
    says: 'An operation that is none of add, remove and replace is refused.',
    requirements: ['R-169'],
    matters: silent,
    mend: 'Answer it with 400 and invalidSyntax.',
    scimTypes: ['invalidSyntax', 'invalidValue'],
    send: stage => patchOfNew(stage, { ...good(stage), op: 'change' }),
  },
  {
    id: 'refuses-no-op',
    level: 'SHOULD',
    says: 'An operation without op is refused.',
    requirements: ['R-169'],
    matters: silent,
    mend: 'Answer it with 400 and invalidSyntax.',
    send: stage => patchOfNew(stage, { path: textOf(stage.users), value: 'New' }),
  },
  {
    id: 'refuses-add-no-value',
    level: 'SHOULD',
    says: 'add without value is refused.',
    source: 'RFC 7644 §3.5.2.1',
    requirements: ['R-177'],
    matters: silent,
    mend: 'Answer it with 400 and invalidValue.',
    scimTypes: ['invalidValue', 'invalidSyntax'],
    send: stage => patchOfNew(stage, { op: 'add', path: textOf(stage.users) }),
  },
  ...['title]', 'emails[type eq "work"', 'name..givenName', '[type eq "work"]'].map((path, index) => ({
    id: `refuses-bad-path-${index + 1}`,
    level: 'SHOULD' as const,
    says: `A path that can’t be read is refused: \`${path}\`.`,
    requirements: ['R-170'],
    matters: silent,
    mend: 'Answer it with 400 and invalidPath.',
    ...(index === 0 && { scimTypes: ['invalidPath', 'invalidFilter', 'noTarget'] }),
    send: (stage: Stage) => patchOfNew(stage, { op: 'replace', path, value: 'New' }),
  })),
  {
    id: 'refuses-bad-filter',
    level: 'SHOULD',
    says: 'A path whose filter can’t be read is refused: `emails[type like "work"].value`.',
    requirements: ['R-170'],
    matters: silent,
    mend: 'Answer it with 400 and invalidFilter.',
    scimTypes: ['invalidFilter', 'invalidPath'],
    send: stage => {
      writable(stage.users, 'emails')
      return patchOfNew(stage, {
        op: 'replace',
        path: 'emails[type like "work"].value',
        value: 'a@example.com',
      })
    },
  },
  {
    id: 'refuses-unknown-attribute',
    says: 'A path to an unknown attribute is refused.',
    requirements: ['R-173'],
    matters: silent,
    mend: 'Answer it with 400 and invalidPath.',
    scimTypes: ['invalidPath', 'noTarget', 'invalidValue'],
    send: stage => patchOfNew(stage, { op: 'replace', path: 'nonsuchAttribute', value: 'New' }),
  },
  {
    id: 'refuses-read-only',
    says: 'Changing a read-only attribute is refused: id.',
    requirements: ['R-173'],
    matters: silent,
    mend: 'Answer it with 400 and mutability.',
    scimTypes: ['mutability'],
    send: stage => patchOfNew(stage, { op: 'replace', path: 'id', value: 'another' }),
  },
  {
    id: 'refuses-read-only-meta',
    says: 'Changing a read-only part is refused: meta.created.',
    requirements: ['R-173'],
    matters: silent,
    mend: 'Answer it with 400 and mutability.',
    send: stage => patchOfNew(stage, { op: 'replace', path: 'meta.created', value: '2001-01-01T00:00:00Z' }),
  },
  {
    id: 'refuses-wrong-type',
    says: 'A value of another type is refused: a number for a text.',
    requirements: ['R-173'],
    matters: 'Values come back that other clients can’t read.',
    mend: 'Check values against the schema: 400 and invalidValue.',
    scimTypes: ['invalidValue', 'invalidSyntax'],
    send: stage =>
      patchOfNew(stage, { op: 'replace', path: textOf(stage.users), value: { not: ['a', 'text'] } }),
  },
]

export const checks: readonly Check[] = refusalsOf(
  patchArea,
  refusals.map(refusal => ({ ...refusal, control })),
)
