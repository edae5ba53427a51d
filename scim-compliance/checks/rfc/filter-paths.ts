import type { Check, CheckContext } from '../../check.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import type { Scene } from '../forms.ts'
import { createWithEmails, extensionValues, requireWritable } from '../steps/attributes.ts'
import { expectFound } from '../steps/lists.ts'
import { filterPathsArea } from './areas.ts'
import { defineChecks, may, must } from './define-checks.ts'

const withEnterprise = ({ context }: Scene, values: JsonObject): JsonObject =>
  extensionValues(context, context.users, enterpriseUrn, values)

const pathChecks = defineChecks(filterPathsArea, [
  may('schema-urn-in-paths', ['R-112'], {
    description: 'Filters accept names with their schema: `urn:…:User:userName sw`.',
    rationale: 'Clients that write all names in full are rejected.',
    remedy: 'Remove the URN of the resource type’s own schema from a path before you look it up.',
    after: ['rfc/filter/not-ignored'],
    given: { user: true, other: true },
    request: ({ context, user }) => ({
      filter: `${context.users.schema}:userName eq ${JSON.stringify(user.sent.userName)}`,
    }),
    expect: { found: ['user'] },
  }),
  may('schemas', ['R-112'], {
    description: '`schemas eq "urn…"` returns resources with this schema.',
    rationale: 'Queries across several types use it to tell them apart.',
    remedy: 'Support schemas in filters.',
    after: ['rfc/filter/not-ignored', 'rfc/retrieve/nothing-found'],
    run: async context => {
      const made = await context.create(context.users)
      await expectFound(context, context.users, `schemas eq "${context.users.schema}"`, [made])
      await expectFound(context, context.users, 'schemas eq "urn:example:nonsuch"', [], [made])
    },
  }),
  must('extension-attributes', ['R-098'], {
    description:
      'Filters support attributes of extensions, and their sub-attributes, by their URN: `urn:…:enterprise:2.0:User:employeeNumber eq`.',
    needs: ['enterprise'],
    rationale:
      'HR systems match users by employee number, and clients search for the users whose manager leaves.',
    remedy:
      'Resolve paths that start with the URN of an extension, also with a sub-attribute. The URN ends at the last colon.',
    after: ['rfc/filter/sub-attributes'],
    each: {
      employeeNumber: {
        given: {
          has: [`${enterpriseUrn}:employeeNumber`],
          user: scene => withEnterprise(scene, { employeeNumber: scene.mark }),
          other: true,
        },
        request: ({ mark }) => ({ filter: `${enterpriseUrn}:employeeNumber eq "${mark}"` }),
        expect: { found: ['user'] },
      },
      'manager.value': {
        given: {
          has: [`${enterpriseUrn}:manager.value`],
          user: true,
          other: scene => withEnterprise(scene, { manager: { value: scene.user.id } }),
        },
        request: ({ user }) => ({ filter: `${enterpriseUrn}:manager.value eq ${JSON.stringify(user.id)}` }),
        expect: { found: ['other'] },
      },
    },
  }),
  must('members', ['R-106'], {
    description: '`members.value eq` returns the groups with this member.',
    needs: ['groups'],
    rationale:
      'Clients of AWS read memberships this way. After a wrong result, they add or remove members again.',
    remedy: 'Support members in filters on groups.',
    after: ['rfc/filter/sub-attributes', 'probe/members'],
    run: async context => {
      const user = await context.create(context.users)
      const one = await context.create(context.groups, { members: [{ value: user.id }] })
      const two = await context.create(context.groups)
      const id = JSON.stringify(user.id)
      await expectFound(context, context.groups, `members.value eq ${id}`, [one], [two])
      await expectFound(context, context.groups, `members[value eq ${id}]`, [one], [two])
    },
  }),
])

/** A user with work address a and home address b, and one with b and a. */
async function createCrossed(context: CheckContext) {
  requireWritable(context.users, 'emails.value', 'emails.type')
  const mark = context.unique()
  const emails = (work: string, home: string) => [
    { type: 'work', value: `${work}-${mark}@example.com` },
    { type: 'home', value: `${home}-${mark}@example.org` },
  ]
  const one = await createWithEmails(context, { emails: emails('a', 'b') })
  return { mark, one, two: await context.create(context.users, { emails: emails('b', 'a') }) }
}

/** Expects a filter to match only the first of the two. */
const firstOfCrossed = (filterFor: (mark: string) => string) => async (context: CheckContext) => {
  const { mark, one, two } = await createCrossed(context)
  await expectFound(context, context.users, filterFor(mark), [one], [two])
}

const valueArea = {
  ...filterPathsArea,
  rationale:
    'Clients search for users by any of their addresses, and link the wrong user or create a duplicate.',
}

const valueChecks = defineChecks(valueArea, [
  must('sub-attributes', ['R-098', 'R-108'], {
    description: 'Filters support sub-attributes: `name.familyName eq`.',
    rationale: 'Consoles search for users by family name.',
    remedy: 'Resolve paths with a sub-attribute.',
    after: ['rfc/filter/not-ignored'],
    given: {
      has: ['name.familyName'],
      user: ({ mark }) => ({ name: { givenName: 'Ann', familyName: mark } }),
      other: true,
    },
    request: ({ mark }) => ({ filter: `name.familyName eq "${mark}"` }),
    expect: { found: ['user'] },
  }),
  must('any-value', ['R-106'], {
    description:
      'A filter on a multi-valued attribute matches if any of its values matches: `emails.value eq`.',
    remedy: 'Compare every value, not only the first or the primary one.',
    after: ['rfc/filter/sub-attributes'],
    run: firstOfCrossed(mark => `emails.value eq "b-${mark}@example.org"`),
  }),
  must('value-is-understood', ['R-106'], {
    description: 'A filter on a multi-valued attribute without a sub-attribute compares value: `emails co`.',
    remedy: 'Use the sub-attribute value if a filter names none.',
    after: ['rfc/filter/sub-attributes', 'rfc/filter/takes-substrings'],
    run: firstOfCrossed(mark => `emails co "a-${mark}@example.com"`),
  }),
  must('value-path', ['R-107'], {
    description: '`emails[type eq "work" and value sw "a"]` applies both conditions to the same value.',
    remedy: 'Evaluate the filter in brackets for one value at a time.',
    after: ['rfc/filter/takes-value-paths', 'rfc/filter/and'],
    run: firstOfCrossed(mark => `emails[type eq "work" and value sw "a-${mark}"]`),
  }),
  must('without-value-path', ['R-106'], {
    description: 'Without brackets, different values may match the conditions.',
    remedy: 'Require one value to match all conditions only if they are in brackets.',
    after: ['rfc/filter/and', 'rfc/filter/sub-attributes'],
    run: async context => {
      const { mark, one, two } = await createCrossed(context)
      const emails = [{ type: 'work', value: `c-${mark}@example.com` }]
      const other = await context.create(context.users, { emails })
      const filter = `emails.type eq "work" and emails.value sw "a-${mark}"`
      await expectFound(context, context.users, filter, [one, two], [other])
    },
  }),
  must('value-path-logic', ['R-098', 'R-107'], {
    description:
      'Filters in brackets support `or`, `not` and parentheses, and can be combined with other conditions.',
    remedy:
      'Support the full filter grammar in brackets as well, and accept an expression in brackets as an operand of `and` and `or`.',
    after: ['rfc/filter/value-path', 'rfc/filter/precedence'],
    each: {
      'in brackets': firstOfCrossed(
        mark =>
          `emails[(value eq "a-${mark}@example.com" or value eq "b-${mark}@example.org") and not (type eq "home")]`,
      ),
      'with others': firstOfCrossed(mark => `emails[value sw "b-${mark}" and type eq "home"] and id pr`),
    },
  }),
])

export const filterPathChecks: readonly Check[] = [...valueChecks, ...pathChecks]
