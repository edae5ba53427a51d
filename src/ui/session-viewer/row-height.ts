/** The height of a row in pixels: two lines on a phone. */
export const rowHeight = (): number => (matchMedia('(max-width: 760px)').matches ? 58 : 34)
