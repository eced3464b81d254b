// Answers each message with itself, but for those that are only counted, and those that ask for many.
let sum = 0;
onmessage = ({ data }) => {
  if (data.asked !== undefined) for (let number = 0; number < data.asked; number += 1) postMessage(number);
  else if (data.counted === undefined) postMessage(data);
  else sum += data.counted;
};
