import { defineDraftArea } from '../steps/draft-areas.ts'

const areaOf = defineDraftArea('ipsie', {
  draft: 'ipsie-al-scim-profile-1_0',
  version: '00',
  date: '2026-09',
  url: 'https://openid.net/specs/ipsie-al-scim-profile-1_0.html',
})

export const usersCheck = areaOf('users', 'AL2: users', ['write', 'users'])
export const groupsCheck = areaOf('groups', 'AL2: groups', ['write', 'groups'])
