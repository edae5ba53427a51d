import type { PermissionSet, PermissionSetContent } from '../../domain/ports/account-assignments.ts'
import { compact } from '../../scim/json.ts'
import { type AnyOperation, type ApiCall, defineOperation } from '../operation.ts'
import { list, optional, required, structure } from '../shape.ts'
import {
  causeOf,
  findPermissionSet,
  intentOf,
  named,
  permissionSetArn,
  permissionSetIdOf,
  readPage,
  requireInstance,
  type SsoAdminDeps,
  toSeconds,
} from './context.ts'
import { ssoAdminErrors } from './errors.ts'
import {
  accountShape,
  descriptionShape,
  durationShape,
  instanceArnShape,
  nameShape,
  nextTokenShape,
  onInstance,
  onPermissionSet,
  paging,
  provisioningFilter,
  relayStateShape,
  taggableArnShape,
  tagKeyShape,
  tagsShape,
} from './shapes.ts'

const service = 'sso'

const defaultSession = 'PT1H'

/** Seconds of one session. */
const [shortest, longest] = [3600, 12 * 3600]

const durationParts =
  /^(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

/** Throws ApiError for a session that is too short or too long. */
function checkDuration(text: string | undefined): void {
  if (text === undefined) return
  const [, sign, years, months, days, unit, hours, minutes, seconds] = durationParts.exec(text) ?? []
  const total =
    Number(years ?? 0) * 31_536_000 +
    Number(months ?? 0) * 2_592_000 +
    Number(days ?? 0) * (unit === 'W' ? 604_800 : 86_400) +
    Number(hours ?? 0) * 3600 +
    Number(minutes ?? 0) * 60 +
    Number(seconds ?? 0)
  if (sign === '-' || total < shortest || total > longest) throw ssoAdminErrors.sessionDuration(text)
}

const viewPermissionSet = (call: ApiCall, { id, name, content, created }: PermissionSet) => ({
  Name: name,
  PermissionSetArn: permissionSetArn(call, id),
  ...compact({
    Description: content.description,
    SessionDuration: content.sessionDuration,
    RelayState: content.relayState,
  }),
  CreatedDate: toSeconds(created),
})

const changeable = {
  Description: optional(descriptionShape),
  SessionDuration: optional(durationShape),
  RelayState: optional(relayStateShape),
}

/** Where permission sets are assigned: they count as provisioned at once. */
const isProvisioned = (status: string | undefined): boolean =>
  status !== 'LATEST_PERMISSION_SET_NOT_PROVISIONED'

export function permissionSetOperations(deps: SsoAdminDeps): readonly AnyOperation[] {
  const { assignments } = deps

  return [
    defineOperation({
      service,
      name: 'CreatePermissionSet',
      access: 'write',
      intent: intentOf('create', 'create permission set'),
      input: structure({
        ...onInstance,
        Name: required(nameShape),
        ...changeable,
        Tags: optional(tagsShape),
      }),
      run: async (call, { InstanceArn, Name, Description, SessionDuration, RelayState, Tags = [] }) => {
        requireInstance(call, 'CreatePermissionSet', InstanceArn)
        checkDuration(SessionDuration)
        const tags = Tags.map(({ Key, Value }) => ({ key: Key, value: Value }))
        checkTags(tags)
        const content: PermissionSetContent = {
          sessionDuration: SessionDuration ?? defaultSession,
          ...compact({ description: Description, relayState: RelayState }),
          ...(tags.length > 0 && { tags }),
        }
        const created = await assignments.createPermissionSet(call.tenant.key, causeOf(call), Name, content)
        const intent = intentOf('create', `create permission set ${named(Name)}`)
        if (created === 'name-taken') throw ssoAdminErrors.duplicatePermissionSet(Name).about({ intent })
        return { output: { PermissionSet: viewPermissionSet(call, created) }, intent }
      },
    }),

    defineOperation({
      service,
      name: 'DescribePermissionSet',
      access: 'read',
      intent: intentOf('read', 'read permission set'),
      input: structure(onPermissionSet),
      run: async (call, input) => {
        const found = await findPermissionSet(deps, call, 'DescribePermissionSet', input)
        return {
          output: { PermissionSet: viewPermissionSet(call, found) },
          intent: intentOf('read', `read permission set ${named(found.name)}`),
        }
      },
    }),

    defineOperation({
      service,
      name: 'UpdatePermissionSet',
      access: 'write',
      intent: intentOf('update', 'change permission set'),
      input: structure({ ...onPermissionSet, ...changeable }),
      run: async (call, { InstanceArn, PermissionSetArn, ...changes }) => {
        requireInstance(call, 'UpdatePermissionSet', InstanceArn)
        checkDuration(changes.SessionDuration)
        const id = permissionSetIdOf(call, PermissionSetArn)
        const changed = await assignments.updatePermissionSet(call.tenant.key, id, ({ content }) => {
          // An omitted relay state is removed.
          const { relayState: _, ...kept } = content
          return {
            ...kept,
            ...compact({
              description: changes.Description ?? content.description,
              sessionDuration: changes.SessionDuration ?? content.sessionDuration,
              relayState: changes.RelayState,
            }),
          }
        })
        if (!changed) throw ssoAdminErrors.noPermissionSet(id)
        return {
          output: {},
          intent: intentOf('update', `change permission set ${named(changed.name)}`),
        }
      },
    }),

    defineOperation({
      service,
      name: 'DeletePermissionSet',
      access: 'write',
      intent: intentOf('delete', 'delete permission set'),
      input: structure(onPermissionSet),
      run: async (call, input) => {
        const { id, name } = await findPermissionSet(deps, call, 'DeletePermissionSet', input)
        const intent = intentOf('delete', `delete permission set ${named(name)}`)
        const outcome = await assignments.deletePermissionSet(call.tenant.key, causeOf(call), id)
        if (outcome === 'in-use') throw ssoAdminErrors.permissionSetInUse().about({ intent })
        if (outcome === 'not-found') throw ssoAdminErrors.noPermissionSet(id).about({ intent })
        return { output: {}, intent }
      },
    }),

    defineOperation({
      service,
      name: 'ListPermissionSets',
      access: 'read',
      intent: intentOf('list', 'list permission sets'),
      input: structure({ ...onInstance, ...paging }),
      run: async (call, input) => {
        requireInstance(call, 'ListPermissionSets', input.InstanceArn)
        const { items, rest } = await readPage(
          deps,
          call,
          'ListPermissionSets',
          input,
          page => assignments.permissionSets(call.tenant.key, page),
          ({ name }) => name,
        )
        return {
          output: { PermissionSets: items.map(({ id }) => permissionSetArn(call, id)), ...rest },
          intent: intentOf('list', 'list permission sets', items.length),
        }
      },
    }),

    defineOperation({
      service,
      name: 'ListPermissionSetsProvisionedToAccount',
      access: 'read',
      intent: intentOf('list', 'list permission sets of account'),
      input: structure({
        ...onInstance,
        AccountId: required(accountShape),
        ...provisioningFilter,
        ...paging,
      }),
      run: async (call, input) => {
        requireInstance(call, 'ListPermissionSetsProvisionedToAccount', input.InstanceArn)
        const { items, rest } = await readPage(
          deps,
          call,
          'ListPermissionSetsProvisionedToAccount',
          input,
          async page =>
            isProvisioned(input.ProvisioningStatus)
              ? assignments.assigned(call.tenant.key, 'permissionSet', { account: input.AccountId, ...page })
              : [],
          id => id,
        )
        return {
          output: { PermissionSets: items.map(id => permissionSetArn(call, id)), ...rest },
          intent: intentOf('list', `list permission sets of account ${input.AccountId}`, items.length),
        }
      },
    }),

    defineOperation({
      service,
      name: 'ListAccountsForProvisionedPermissionSet',
      access: 'read',
      intent: intentOf('list', 'list accounts of permission set'),
      input: structure({ ...onPermissionSet, ...provisioningFilter, ...paging }),
      run: async (call, input) => {
        const operation = 'ListAccountsForProvisionedPermissionSet'
        const { id, name } = await findPermissionSet(deps, call, operation, input)
        const { items, rest } = await readPage(
          deps,
          call,
          operation,
          input,
          async page =>
            isProvisioned(input.ProvisioningStatus)
              ? assignments.assigned(call.tenant.key, 'account', { permissionSet: id, ...page })
              : [],
          account => account,
        )
        return {
          output: { AccountIds: items, ...rest },
          intent: intentOf('list', `list accounts of permission set ${named(name)}`, items.length),
        }
      },
    }),
  ]
}

type Tag = NonNullable<PermissionSetContent['tags']>[number]

const maxTags = 50

/** Throws ApiError if there are too many. */
function checkTags(tags: readonly Tag[]): void {
  if (tags.length > maxTags) throw ssoAdminErrors.tooManyTags(maxTags)
}

const onTaggable = { InstanceArn: optional(instanceArnShape), ResourceArn: required(taggableArnShape) }

type Taggable = { readonly InstanceArn?: string; readonly ResourceArn: string }

/** The id of the permission set that the request names; undefined for the instance. Throws ApiError for anything else. */
function taggedPermissionSet(
  call: ApiCall,
  operation: string,
  { InstanceArn, ResourceArn }: Taggable,
): string | undefined {
  if (InstanceArn !== undefined) requireInstance(call, operation, InstanceArn)
  if (ResourceArn.includes(':instance/')) {
    requireInstance(call, operation, ResourceArn)
    return undefined
  }
  if (ResourceArn.includes(':permissionSet/')) return permissionSetIdOf(call, ResourceArn)
  throw ssoAdminErrors.noTaggedResource(ResourceArn)
}

/** Tags of the later list replace earlier ones. */
const mergeTags = (tags: readonly Tag[], added: readonly Tag[]): readonly Tag[] => [
  ...new Map([...tags, ...added].map(tag => [tag.key, tag])).values(),
]

export function tagOperations({ assignments }: SsoAdminDeps): readonly AnyOperation[] {
  const change = async (
    call: ApiCall,
    operation: string,
    input: Taggable,
    changeTags: (tags: readonly Tag[]) => readonly Tag[],
  ) => {
    const id = taggedPermissionSet(call, operation, input)
    if (id === undefined) throw ssoAdminErrors.instanceTags()
    const changed = await assignments.updatePermissionSet(call.tenant.key, id, ({ content }) => {
      const tags = changeTags(content.tags ?? [])
      checkTags(tags)
      return { ...content, tags }
    })
    if (!changed) throw ssoAdminErrors.noPermissionSet(id)
    return changed
  }

  return [
    defineOperation({
      service,
      name: 'ListTagsForResource',
      access: 'read',
      intent: intentOf('list', 'list tags'),
      input: structure({ ...onTaggable, NextToken: optional(nextTokenShape) }),
      run: async (call, input) => {
        const id = taggedPermissionSet(call, 'ListTagsForResource', input)
        const found = id === undefined ? undefined : await assignments.permissionSet(call.tenant.key, id)
        if (id !== undefined && !found) throw ssoAdminErrors.noPermissionSet(id)
        const tags = found?.content.tags ?? []
        return {
          output: { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) },
          intent: intentOf(
            'list',
            found ? `list tags of permission set ${named(found.name)}` : 'list tags of instance',
            tags.length,
          ),
        }
      },
    }),

    defineOperation({
      service,
      name: 'TagResource',
      access: 'write',
      intent: intentOf('update', 'tag permission set'),
      input: structure({ ...onTaggable, Tags: required(tagsShape) }),
      run: async (call, { Tags, ...input }) => {
        const { name } = await change(call, 'TagResource', input, tags =>
          mergeTags(
            tags,
            Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
          ),
        )
        return { output: {}, intent: intentOf('update', `tag permission set ${named(name)}`) }
      },
    }),

    defineOperation({
      service,
      name: 'UntagResource',
      access: 'write',
      intent: intentOf('update', 'untag permission set'),
      input: structure({ ...onTaggable, TagKeys: required(list(tagKeyShape, { min: 1, max: 75 })) }),
      run: async (call, { TagKeys, ...input }) => {
        const { name } = await change(call, 'UntagResource', input, tags =>
          tags.filter(({ key }) => !TagKeys.includes(key)),
        )
        return { output: {}, intent: intentOf('update', `untag permission set ${named(name)}`) }
      },
    }),
  ]
}
