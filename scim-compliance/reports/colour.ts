/** Colours of a terminal, or none. */
export type Colours = Readonly<
  Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>
>

const sgr = (begin: number, end: number, on: boolean) => (text: string) =>
  on ? `\u001b[${begin}m${text}\u001b[${end}m` : text

export const colours = (on: boolean): Colours => ({
  bold: sgr(1, 22, on),
  dim: sgr(2, 22, on),
  red: sgr(31, 39, on),
  green: sgr(32, 39, on),
  yellow: sgr(33, 39, on),
  cyan: sgr(36, 39, on),
})

/** Only for a terminal that can, and whose user wants it (https://no-color.org). */
export const wantsColour = (
  stream: { readonly isTTY?: boolean | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): boolean => stream.isTTY === true && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb'
