// For what is drawn beside the rows: it must not hold them up.

/**
 * @param {function(): void} paint
 * @returns {function(): void} asks for it: it runs once, after the next frame is on the screen
 */
export function afterPaint(paint) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() =>
      setTimeout(() => {
        isAsked = false;
        paint();
      }),
    );
  };
}
