import { accessDefects, defectLabels, describeAccess } from '../../domain/access-review.ts'
import type {
  AccessEntry,
  AccessSummary,
  DanglingAssignment,
  PermissionSet,
} from '../../domain/contract/access.ts'
import { lists, noun, runs, table } from './noun.ts'
import { at, optionalChoice, text } from './options.ts'
import { formatTime, printable } from './output.ts'
import { type Column, formatTable } from './table.ts'

const resultLabels: Readonly<Record<AccessEntry['result'], string>> = {
  access: 'yes',
  disabled: 'user disabled',
  'no-members': 'group empty',
  'no-principal': 'does not exist',
}

const columns: readonly Column<AccessEntry>[] = [
  {
    name: 'user',
    of: ({ user, principal }) => user?.name ?? (principal.type === 'User' ? principal.name : undefined),
  },
  { name: 'account', of: ({ account }) => account },
  { name: 'permission set', of: ({ permissionSet }) => permissionSet.name },
  { name: 'through', of: ({ principal }) => (principal.type === 'Group' ? principal.name : 'direct') },
  { name: 'member since', of: ({ joined }) => (joined === undefined ? undefined : formatTime(joined)) },
  { name: 'access', of: ({ result }) => resultLabels[result] },
  { name: 'assigned', of: ({ assignment }) => formatTime(assignment.created) },
  { name: 'request', of: ({ assignment }) => assignment.exchange },
  { name: 'why not', of: ({ defect }) => defect && defectLabels[defect] },
  { name: 'account name', of: ({ accountName }) => accountName, isExtra: true },
]

const cellColumns = ({
  accounts,
  permissionSets,
}: AccessSummary): readonly Column<AccessSummary['cells'][number]>[] => [
  { name: 'account', of: ({ account }) => account },
  { name: 'name', of: ({ account }) => accounts.find(each => each.account === account)?.name },
  {
    name: 'permission set',
    of: ({ permissionSet }) => permissionSets.find(({ id }) => id === permissionSet)?.name,
  },
  { name: 'people', of: ({ people }) => people },
  {
    name: 'should not',
    of: ({ defects }) => defects,
    tone: ({ defects }) => (defects > 0 ? 'error' : undefined),
  },
]

const danglingColumns: readonly Column<DanglingAssignment>[] = [
  { name: 'name', of: ({ principal }) => principal.name },
  { name: 'type', of: ({ principal }) => principal.type },
  { name: 'id', of: ({ principal }) => principal.id },
  { name: 'account', of: ({ account }) => account },
  { name: 'permission set', of: ({ permissionSet }) => permissionSet.name },
  { name: 'deleted', of: ({ deleted }) => formatTime(deleted) },
  { name: 'new id', of: ({ successor }) => successor },
]

const permissionSetColumns: readonly Column<PermissionSet>[] = [
  { name: 'name', of: ({ name }) => name },
  { name: 'id', of: ({ id }) => id },
  { name: 'session', of: ({ sessionDuration }) => sessionDuration },
  { name: 'description', of: ({ description }) => description },
  { name: 'created', of: ({ created }) => formatTime(created) },
]

export const access = noun([
  lists(
    'list',
    'GET /tenants/:tenant/access',
    'List access of users to accounts, in order of the assignments',
    {
      flags: {
        user: text('user', 'Filter by ID or name of a user'),
        group: text('group', 'Filter by ID or name of a group'),
        account: text('account', 'Filter by AWS account'),
        permissionSet: text('permission set', 'Filter by ID, ARN or name of a permission set'),
        shouldNot: optionalChoice(
          ['any', ...accessDefects],
          'any',
          'List only access that should not be there, for any reason or for one',
          'reason',
        ),
        at,
      },
      columns,
      csv: true,
      nothing: ({ tenant }) => `No matching access in tenant ${tenant}.`,
    },
  ),
  runs(
    'summary',
    'GET /tenants/:tenant/access/summary',
    'Count who has access to which account, and who should not',
    {
      flags: { at },
      shows: (summary, _called, layout) => {
        const { verdict, reasons } = describeAccess(summary)
        const table =
          summary.total === 0 ? '' : `\n${formatTable(cellColumns(summary), summary.cells, layout)}`
        return `${printable([verdict, reasons].filter(Boolean).join(' '))}\n${table}`
      },
    },
  ),
  lists(
    'dangling',
    'GET /tenants/:tenant/access/dangling',
    'List account assignments of users and groups that do not exist',
    {
      columns: danglingColumns,
      nothing: ({ tenant }) => `No assignments of deleted users or groups in tenant ${tenant}.`,
    },
  ),
  runs('accounts', 'GET /tenants/:tenant/access/accounts', 'List the AWS accounts that are assigned', {
    flags: { at },
    shows: table(
      [
        { name: 'account', of: ({ account }) => account },
        { name: 'name', of: ({ name }) => name },
      ],
      ({ tenant }) => `Tenant ${tenant} has no account assignments.`,
    ),
  }),
  runs('permission-sets', 'GET /tenants/:tenant/access/permission-sets', 'List the permission sets', {
    flags: { at },
    shows: table(permissionSetColumns, ({ tenant }) => `Tenant ${tenant} has no permission sets.`),
  }),
])
