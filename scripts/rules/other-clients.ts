import { assumed, decision, documented, inferred, type NumberedRule, observed } from './rule.ts'

const guide = 'https://docs.aws.amazon.com/singlesignon/latest/userguide'
const oktaReference = 'https://developer.okta.com/docs/reference/scim/scim-20/'
const oktaConcepts = 'https://developer.okta.com/docs/concepts/scim/'
const oktaPush =
  'https://help.okta.com/oie/en-us/content/topics/users-groups-profiles/usgp-group-push-troubleshoot.htm'
const membersProblem = 'https://github.com/lichti/aws-iam-scim-problem'

/** Rules of clients other than Entra ID: how they are recognized, and what they send. */
export const otherClientRules: readonly NumberedRule[] = [
  ...decision('recognized-clients.md', {
    'OC-001': 'Recognition changes labels and findings, never a response.',
    'OC-002': 'Only a client that is named, or that two marks agree on, gets remedies for its own console.',
    'OC-006': 'The journal leaves out what a client only repeats, such as the ID of a group.',
  }),
  ...decision('recognized-clients.md#tokens', {
    'OC-003':
      'A name, or three requests of one shape, settle the client of a token. A second client is a finding.',
  }),
  ...decision('recognized-clients.md#evidence', {
    'OC-004': 'Marks may replace a missing name, and never overrule the name of another vendor.',
  }),
  ...observed('recognized-clients.md#evidence', {
    'OC-005': 'Names are recognized in any letter case and version.',
  }),
  ...observed('recognized-clients.md#provisioning-clients', {
    'OC-010':
      'Okta is recognized by its User-Agent, by its paging parameters, and by IDs that begin with `00u`.',
    'OC-011': 'Google Workspace is recognized by its User-Agent and by the URN of SCIM 1.0.',
    'OC-012': 'JumpCloud is recognized by IDs of 24 hexadecimal digits and by phone numbers as `tel:` URIs.',
    'OC-013': 'OneLogin is recognized by `emails` as an object instead of a list.',
    'OC-014': 'PingFederate and PingDataSync are recognized by name.',
    'OC-015': 'PingOne is recognized by name.',
    'OC-016': 'CyberArk Identity is recognized by name.',
    'OC-017': 'authentik is recognized by its User-Agent and by filters without quotes.',
    'OC-018': 'Keycloak is recognized by the form of its external IDs and by its PATCH of a user.',
    'OC-019': 'Pocket ID is recognized by pages of 1,000 and by groups that it replaces.',
    'OC-022': 'Terraform’s provider and other tools are recognized by name.',
    'OC-023': 'Entra ID is recognized by its PATCH formats. It sends no User-Agent, or one of Microsoft’s.',
  }),
  ...observed('https://github.com/awslabs/ssosync', {
    'OC-020': 'ssosync is recognized by an address that has nothing but a type.',
  }),
  ...observed('https://github.com/slashdevops/idp-scim-sync', {
    'OC-021': 'idp-scim-sync is recognized by its User-Agent and by lists of groups by member.',
  }),
  ...documented(oktaReference, {
    'OC-100':
      'Okta’s catalog apps send PUT for profiles and PATCH for status and groups; wizard apps send PUT only.',
    'OC-120': 'Testing the credentials lists two users, then the first 100 groups.',
    'OC-121': 'Before a user is created, Okta searches for the user name.',
    'OC-122': 'A new user has Okta’s ID as `externalId`, a filler as password, and an empty list of groups.',
    'OC-125': 'An update reads the user, and sends it back by PUT with the changes.',
    'OC-128': 'Deactivation is a PATCH of `active` without a path.',
    'OC-140':
      'A pushed group is searched for by name, unless groups are imported, and created without members.',
    'OC-141': 'A change of memberships is one PATCH, removals first.',
    'OC-142': 'With each change of memberships, Okta sends the name of the group again.',
    'OC-160': 'An import reads users, then groups, in pages of 100.',
  }),
  ...inferred(oktaReference, {
    'OC-101': 'Okta’s wizard app fails at AWS with the first group, which is a finding.',
  }),
  ...documented(`${guide}/okta-idp.html`, {
    'OC-102': 'Okta’s Base URL has no slash at the end.',
    'OC-105': 'Without Lifecycle Management, Okta provisions nothing after the connection test.',
    'OC-131': 'An address that lacks a part is a task in Okta, and is not sent.',
    'OC-147': 'Members who are not assigned to the app are left out. A group that stays empty is a finding.',
  }),
  ...observed('https://github.com/sourcegraph/docs/pull/1744', {
    'OC-103': 'A token without “Bearer” is distinguished from a missing token.',
  }),
  ...observed('okta-simulator.md#how-sure-this-is', {
    'OC-110': 'Okta’s requests have its headers in its order.',
    'OC-130': 'A PATCH that the server does not implement is a task, and is not repeated as PUT.',
  }),
  ...documented(oktaConcepts, {
    'OC-111': 'Okta waits 60 seconds for a response.',
    'OC-112': 'After 429, Okta pauses as long as `Retry-After` says, otherwise five minutes and then longer.',
    'OC-113':
      'Any other error is a task with a sentence of Okta and the detail of the server, until it is retried.',
    'OC-124': 'A create whose response has no body is an error.',
    'OC-129': 'Okta never deletes a user, and sends nothing when one is suspended.',
    'OC-162': 'An import links no inactive account.',
    'OC-163': 'An import that would unassign more than 20 percent of the users stops.',
  }),
  ...observed('https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/757', {
    'OC-143': 'Push now may replace all members of a group.',
  }),
  ...observed(membersProblem, {
    'OC-144': 'AWS rejects a replacement of members, so Push now fails there.',
    'OC-500':
      'A replacement of members without values is rejected; with a switch, it returns 204 and is ignored.',
    'OC-501':
      'A replacement of members by an empty value is rejected; with a switch, it still empties the group.',
  }),
  ...assumed('okta-simulator.md#how-sure-this-is', {
    'OC-146': 'A push of many members is sent in batches.',
  }),
  ...documented(oktaPush, {
    'OC-148': 'A user who was inactive returns to a group when the group is pushed again.',
    'OC-149': 'Unlinking a pushed group deletes it at the server or leaves it there.',
    'OC-150': 'A group that vanished is a task until it is unlinked and pushed again.',
  }),
  ...inferred('https://github.com/awslabs/ssosync/issues/1', {
    'OC-161': 'An import from AWS sees the first page only, because Okta has no cursors.',
    'OC-503': '`startIndex` is accepted, and has no effect at AWS.',
  }),
  ...observed('https://github.com/awslabs/ssosync/issues/1', {
    'OC-505': 'Without a cursor, `totalResults` at AWS is the size of the page.',
  }),
  ...observed('google-simulator.md#how-sure-this-is', {
    'OC-202':
      'Google sends `application/json`. A server that insists on `application/scim+json` gets no user.',
    'OC-203': 'Activating provisioning is a list of users without parameters.',
    'OC-205': 'The schemas of a new user begin with the URN of SCIM 1.0, which strict servers reject.',
  }),
  ...inferred(`${guide}/gs-gwp.html`, {
    'OC-204': 'Google searches for the user name before it creates a user, and overwrites one that exists.',
  }),
  ...assumed('google-simulator.md#how-sure-this-is', {
    'OC-207': 'An update is a PUT of the whole user, or a PATCH with one operation for each attribute.',
  }),
  ...documented(`${guide}/gs-gwp.html`, {
    'OC-206': 'User name, names and display name are mandatory.',
    'OC-208': 'On each of four occasions, a user is suspended and deleted after delays that can be set.',
    'OC-209': 'Attributes of a user who is disabled at AWS are still sent.',
  }),
  ...documented('https://support.google.com/a/answer/6294829', {
    'OC-211': 'Google reports errors as counts by kind, without the reason of the server.',
  }),
  ...observed('https://github.com/Paul-E/scim-v2-rust', {
    'OC-301': 'JumpCloud creates a user with one address and one work phone.',
    'OC-302': 'JumpCloud updates by PUT. Without a display name, AWS rejects it, which is a finding.',
  }),
  ...observed('https://github.com/goauthentik/authentik/tree/main/authentik/providers/scim/clients', {
    'OC-401': 'authentik’s filters and its replacement of a whole group are rejected by AWS.',
  }),
  ...observed('https://github.com/goauthentik/authentik/issues/23005', {
    'OC-402': 'A client that reads members, which AWS does not return, and then only adds is a finding.',
  }),
  ...observed('https://github.com/pocket-id/pocket-id', {
    'OC-440': 'Pocket ID deletes users that it neither created nor found, which is a finding.',
  }),
  ...inferred('https://github.com/pocket-id/pocket-id/issues/1353', {
    'OC-502': 'A count above the longest page returns the longest page.',
  }),
  ...documented(`${guide}/troubleshooting.html`, {
    'OC-511': 'AWS accepts a user name that is not an email address, but may not let the user sign in.',
  }),
  ...decision('okta-simulator.md', {
    'OC-600':
      'A directory is a folder or file with responses of Okta’s API, or a file in this program’s form.',
    'OC-601':
      'The commands of `scimulator okta` test, assign, push, synchronize, import, and list and retry tasks.',
    'OC-603': 'Members who are not linked are left out of a push, and logged.',
    'OC-604': 'Failures are tasks. `--fast` skips pauses, and a killed process resumes from its state.',
    'OC-605': 'A job has settings with defaults for the app, pushes, imports, the rate and the time-out.',
  }),
  ...decision('google-simulator.md', {
    'OC-620': 'The commands of `scimulator google` activate and synchronize; a directory has users only.',
    'OC-621': 'The state has what was sent for each user, and since when the user is out of scope.',
    'OC-622': 'A job has settings for updates, scope, schemas and delays.',
    'OC-623': 'What is not known about Google’s client is printed once at the start.',
  }),
]
