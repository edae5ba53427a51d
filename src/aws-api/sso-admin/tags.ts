import type { PermissionSetContent } from '../../domain/ports/account-assignments.ts'
import { type AnyOperation, type ApiCall, defineOperation } from '../operation.ts'
import { list, optional, required, structure } from '../shape.ts'
import { intentOf, named, permissionSetIdOf, requireInstance, type SsoAdminDeps } from './context.ts'
import { ssoAdminErrors } from './errors.ts'
import { instanceArnShape, nextTokenShape, taggableArnShape, tagKeyShape, tagsShape } from './shapes.ts'

const service = 'sso'

type Tag = NonNullable<PermissionSetContent['tags']>[number]

const maxTags = 50

/** Throws ApiError if there are too many. */
export function checkTags(tags: readonly Tag[]): void {
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
