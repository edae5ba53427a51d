/** Why an assignment should not be there, in the order of reports. */
export const accessDefects = ['disabled', 'deleted', 'missing', 'cannot-sign-in'] as const

export type AccessDefect = (typeof accessDefects)[number]

export const defectLabels: Readonly<Record<AccessDefect, string>> = {
  disabled: 'disabled',
  deleted: 'deleted',
  missing: 'does not exist',
  'cannot-sign-in': 'can’t sign in',
}

const owners: Readonly<Record<AccessDefect, string>> = {
  disabled: 'disabled users',
  deleted: 'deleted users or groups',
  missing: 'nothing that exists',
  'cannot-sign-in': 'users who can’t sign in',
}

type Counts = { readonly total: number; readonly defects: Readonly<Record<AccessDefect, number>> }

export const countDefects = ({ defects }: Counts): number =>
  accessDefects.reduce((sum, defect) => sum + defects[defect], 0)

const format = (count: number): string => count.toLocaleString('en')

/** How many should not be there, and whose they are. */
export function describeAccess(counts: Counts): { readonly verdict: string; readonly reasons: string } {
  const { total, defects } = counts
  const wrong = countDefects(counts)
  if (total === 0) return { verdict: 'No account is assigned.', reasons: '' }
  if (wrong === 0) {
    const verdict = `None of ${format(total)} assignments belongs to a user who is disabled, deleted or can’t sign in.`
    return { verdict, reasons: '' }
  }
  const parts = accessDefects
    .filter(defect => defects[defect] > 0)
    .map((defect, at) => {
      const verb = at > 0 ? '' : defects[defect] === 1 ? 'belongs ' : 'belong '
      return `${format(defects[defect])} ${verb}to ${owners[defect]}`
    })
  return {
    verdict: `${format(wrong)} of ${format(total)} assignments should not be there.`,
    reasons: `${parts.join(', ')}.`,
  }
}
