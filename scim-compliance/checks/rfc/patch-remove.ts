import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectThat, skip } from '../../expect.ts'
import { enterpriseUrn, isObject, type Json } from '../../scim.ts'
import {
  createWithAddresses,
  extensionValues,
  isUnassigned,
  objectsIn,
  requireWritable,
  requireWritableAttribute,
  sortedValues,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { patchAndRead, patchNewUser } from '../steps/patches.ts'
import { skipAsConsequence } from '../steps/prerequisites.ts'
import { patchRemoveArea, removedStays } from './areas.ts'
import { defineChecks, defineRejectionChecks, must, practice } from './define-checks.ts'

const expectUnassigned = (
  value: Json | undefined,
  what: string,
  ...more: Parameters<typeof expectEqual>[3][]
) => expectEqual(isUnassigned(value) ? undefined : value, undefined, what, ...more)

/** Expects the removal of a user's only phone number; skips if one is required. */
async function expectNoPhone(context: CheckContext, path: string): Promise<void> {
  if (requireWritableAttribute(context.users, 'phoneNumbers').required) return
  const made = await context.create(context.users, {
    phoneNumbers: [{ type: 'work', value: 'tel:+1-201-555-0123' }],
  })
  const { body, response } = await patchAndRead(context, made, { op: 'remove', path })
  expectUnassigned(valueIn(body, 'phoneNumbers'), 'phoneNumbers', response)
}

export const patchRemoveAttributeChecks: readonly Check[] = defineChecks(patchRemoveArea, [
  must('single-value', ['R-183'], {
    description: 'remove clears a single-valued attribute.',
    rationale: removedStays,
    remedy: 'Remove the attribute that the path names.',
    run: async context => {
      const text = textAttributeName(context.users)
      const made = await context.create(context.users, { [text]: context.unique() })
      const { body, response } = await patchAndRead(context, made, { op: 'remove', path: text })
      expectUnassigned(valueIn(body, text), text, response)
    },
  }),
  must('whole-list', ['R-183'], {
    description: 'remove of a multi-valued attribute removes all its values.',
    rationale: removedStays,
    remedy: 'Remove all values if the path has no filter.',
    run: context => expectNoPhone(context, 'phoneNumbers'),
  }),
  must('sub-attribute', ['R-170', 'R-183'], {
    description: 'remove of `name.givenName` removes only this sub-attribute.',
    rationale: removedStays,
    remedy: 'Resolve paths with a sub-attribute.',
    run: async context => {
      requireWritable(context.users, 'name.middleName', 'name.familyName')
      const name = { givenName: 'Ann', middleName: 'B.', familyName: 'Check' }
      const made = await context.create(context.users, { name })
      const { body, response } = await patchAndRead(context, made, { op: 'remove', path: 'name.middleName' })
      expectUnassigned(valueIn(body, 'name', 'middleName'), 'name.middleName', response)
      expectEqual(valueIn(body, 'name', 'familyName'), 'Check', 'name.familyName', response)
    },
  }),
])

export const patchRemoveByFilterChecks: readonly Check[] = defineChecks(patchRemoveArea, [
  must('by-filter', ['R-184'], {
    description: 'remove with a filter removes only the matching values.',
    rationale: 'The wrong address is removed or all of them are.',
    remedy: 'Evaluate the filter in the path for each value.',
    run: async context => {
      const { made, address } = await createWithAddresses(context, 'work', 'home')
      const { body, response } = await patchAndRead(context, made, {
        op: 'remove',
        path: 'emails[type eq "home"]',
      })
      expectEqual(sortedValues(body, 'emails'), [address('work')], 'emails', response)
    },
  }),
  must('by-filter-of-two', ['R-170', 'R-184'], {
    description: 'A filter in a path can have several conditions.',
    rationale: 'The wrong address is removed or none is.',
    remedy: 'Support the full filter grammar in the brackets of a path.',
    run: async context => {
      const { made, address } = await createWithAddresses(context, 'work', 'home')
      const path = `emails[type eq "home" and value eq "${address('home')}"]`
      const { body, response } = await patchAndRead(context, made, { op: 'remove', path })
      expectEqual(sortedValues(body, 'emails'), [address('work')], 'emails', response)
    },
  }),
  must('last-by-filter', ['R-184'], {
    description: 'When a filter removes the last value, the attribute is unassigned.',
    rationale: 'Clients see an empty value, and try to remove it again.',
    remedy: 'Omit the attribute if no value remains.',
    run: context => expectNoPhone(context, 'phoneNumbers[type eq "work"]'),
  }),
  must('part-by-filter', ['R-170', 'R-184'], {
    description:
      'remove of `emails[type eq "home"].display` removes this sub-attribute of the matching values.',
    rationale: removedStays,
    remedy: 'Resolve paths with a filter and a sub-attribute.',
    run: async context => {
      requireWritable(context.users, 'emails.value', 'emails.type', 'emails.display')
      const mark = context.unique()
      const email = { type: 'home', value: `home-${mark}@example.com`, display: 'Home' }
      const made = await context.create(context.users, { emails: [email] })
      const change = { op: 'remove', path: 'emails[type eq "home"].display' }
      const { body, response } = await patchAndRead(context, made, change)
      const [left] = objectsIn(body, 'emails')
      // A server may replace the removed value with a default of its own.
      expectThat(
        left?.display !== email.display,
        `emails.display other than ${email.display}`,
        left?.display,
        response,
      )
      expectEqual(left?.value, email.value, 'emails.value', response)
    },
  }),
])

export const patchRemoveExtensionChecks: readonly Check[] = defineChecks(patchRemoveArea, [
  practice('unassigned', ['R-183'], {
    description: 'remove of an attribute without a value succeeds.',
    rationale: 'Clients that make sure that a value is removed are rejected in every run.',
    remedy: 'Return the same response as if the attribute had been removed.',
    run: async context => {
      const text = textAttributeName(context.users)
      const made = await context.create(context.users, { [text]: context.unique() })
      const control = await patchAndRead(context, made, { op: 'remove', path: text })
      if (!isUnassigned(valueIn(control.body, text)))
        skipAsConsequence('Removing an attribute has no effect', 'rfc/patch-remove/single-value')
      const { body, response } = await patchAndRead(context, made, { op: 'remove', path: text })
      expectUnassigned(valueIn(body, text), text, response)
    },
  }),
  must('from-extension', ['R-170', 'R-183'], {
    description: 'remove accepts the full name of an extension attribute.',
    needs: ['enterprise'],
    rationale: removedStays,
    remedy: 'Resolve paths that start with the URN of an extension.',
    run: async context => {
      requireWritableAttribute(context.users, 'department', enterpriseUrn)
      const values = { department: context.unique(), employeeNumber: context.unique() }
      const made = await context.create(
        context.users,
        extensionValues(context, context.users, enterpriseUrn, values),
      )
      const change = { op: 'remove', path: `${enterpriseUrn}:department` }
      const { body, response } = await patchAndRead(context, made, change)
      expectUnassigned(valueIn(body, enterpriseUrn, 'department'), 'department', response)
    },
  }),
  practice('last-of-extension', ['R-176'], {
    description: 'Removing the last attribute of an extension removes its URN from schemas.',
    source: 'RFC 7644 §3.5.2',
    needs: ['enterprise'],
    rationale: 'Clients look for values of an extension that has none.',
    remedy: 'List only extensions that have a value in schemas.',
    run: async context => {
      requireWritableAttribute(context.users, 'department', enterpriseUrn)
      const made = await context.create(
        context.users,
        extensionValues(context, context.users, enterpriseUrn, { department: context.unique() }),
      )
      const before = valueIn(made.body, enterpriseUrn)
      const names = isObject(before) ? Object.keys(before) : []
      const operations = names.map(name => ({ op: 'remove', path: `${enterpriseUrn}:${name}` }))
      if (operations.length !== 1) skip('The server adds attributes to the extension itself.')
      const { body, response } = await patchAndRead(context, made, ...operations)
      const { schemas } = body
      expectEqual(
        Array.isArray(schemas) && schemas.includes(enterpriseUrn),
        false,
        'URN in schemas',
        response,
      )
    },
  }),
  must('several', ['R-171', 'R-183'], {
    description: 'PATCH removes several attributes in one request.',
    rationale: removedStays,
    remedy: 'Apply all operations of a request.',
    run: async context => {
      const text = textAttributeName(context.users)
      const other = textAttributeName(context.users, [text])
      const made = await context.create(context.users, {
        [text]: context.unique(),
        [other]: context.unique(),
      })
      const { body, response } = await patchAndRead(
        context,
        made,
        { op: 'remove', path: text },
        { op: 'remove', path: other },
      )
      expectUnassigned(valueIn(body, text), text, response)
      expectUnassigned(valueIn(body, other), other, response)
    },
  }),
])

const control = async (context: CheckContext): Promise<ScimResponse> => {
  const text = textAttributeName(context.users)
  const { path } = await context.create(context.users, { [text]: context.unique() })
  return context.patch(path, { op: 'remove', path: text })
}

export const patchRemoveRejectionChecks: readonly Check[] = defineRejectionChecks(patchRemoveArea, [
  {
    id: 'refuses-no-path',
    description: 'remove without path returns 400.',
    requirements: ['R-182'],
    rationale: 'A client that omits the path by mistake would remove everything, or assume that it did.',
    remedy: 'Return 400 with scimType noTarget for a remove without a path.',
    scimTypes: ['noTarget'],
    control,
    send: context => patchNewUser(context, { op: 'remove' }),
  },
  {
    id: 'refuses-required',
    description: 'remove of the required attribute userName returns 400.',
    requirements: ['R-185'],
    rationale: 'A user without a name can’t be found or changed any more.',
    remedy: 'Return 400 with scimType mutability.',
    scimTypes: ['mutability', 'invalidValue'],
    control,
    send: context => patchNewUser(context, { op: 'remove', path: 'userName' }),
  },
  {
    id: 'refuses-read-only',
    description: 'remove of the readOnly attribute id returns 400.',
    requirements: ['R-185', 'R-173'],
    rationale: 'The client assumes that the value was removed.',
    remedy: 'Return 400 with scimType mutability.',
    scimTypes: ['mutability'],
    control,
    send: context => patchNewUser(context, { op: 'remove', path: 'id' }),
  },
])
