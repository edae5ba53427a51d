import type { ExpressionContext } from '../../src/provisioning/entra/mapping/values.ts'
import type { AppRole, SourceValue } from '../../src/provisioning/kit/directory/source-directory.ts'

/** A source object with these attributes, without roles, in scope. */
export const sourceOf = (
  attributes: Readonly<Record<string, SourceValue>>,
  more: Partial<ExpressionContext> = {},
): ExpressionContext => ({ attributes, accountEnabled: true, isSoftDeleted: false, appRoles: [], ...more })

export const roleOf = (value: string, displayName = value): AppRole => ({
  id: `id of ${value}`,
  value,
  displayName,
})

export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
