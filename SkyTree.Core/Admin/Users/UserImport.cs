namespace SkyTree.Core.Admin.Users;

/// <summary>A user as it comes from elsewhere, or goes there.</summary>
/// <param name="Name">The name.</param>
/// <param name="Password">The password in clear; null: there is a hash instead, or none.</param>
/// <param name="PasswordHash">The password in one of the text forms that are known; null: it is in clear, or there is none.</param>
/// <param name="Groups">The groups.</param>
/// <param name="IsDisabled">Whether it is refused.</param>
public sealed record UserImport(string Name, string? Password = null, string? PasswordHash = null, IReadOnlyList<string>? Groups = null, bool IsDisabled = false);

/// <summary>What an import came to.</summary>
/// <param name="Imported">Users that were made or replaced.</param>
/// <param name="Mistakes">What is wrong with the others, by their place in the import, from 1 on; at most 1,000.</param>
public sealed record UserImportResult(int Imported, IReadOnlyList<UserImportMistake> Mistakes);

/// <summary>What is wrong with a user of an import.</summary>
/// <param name="Place">Its place, from 1 on.</param>
/// <param name="Name">Its name.</param>
/// <param name="Message">What is wrong.</param>
public sealed record UserImportMistake(int Place, string Name, string Message);
