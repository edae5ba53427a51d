import { resourceType } from './resource-types.ts'
import { enterpriseUserSchema } from './schemas/enterprise-user.ts'
import { groupSchema } from './schemas/group.ts'
import { userSchema } from './schemas/user.ts'

/** RFC 7643 §4.1 with the extension of §4.3. */
export const userType = resourceType({
  name: 'User',
  endpoint: '/Users',
  description: 'User Account',
  schema: userSchema,
  extensions: [{ schema: enterpriseUserSchema, required: false }],
  labelledBy: 'userName',
  displayedBy: 'displayName',
  enabledBy: 'active',
})

/** RFC 7643 §4.2. */
export const groupType = resourceType({
  name: 'Group',
  endpoint: '/Groups',
  description: 'Group',
  schema: groupSchema,
  extensions: [],
  labelledBy: 'displayName',
  displayedBy: 'displayName',
})
