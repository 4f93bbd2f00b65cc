// What is said when a note could not be saved.
export function failure({ status, error }) {
  if (error) return error;
  if (status === 0) return "没有网络，已留在本机，恢复后自动保存。";
  if (status === 401 || status === 403) return "登录已失效，写的内容已留在本机。请重新登录后打开这一课。";
  return "没有保存成功，写的内容已留在本机，稍后自动再试。";
}
