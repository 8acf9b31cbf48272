using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using SkyTree.Store.EF.Data;

namespace SkyTree.Store.EF;

/// <summary>
/// The store's tables as SQL, for an administrator who creates them for a user that may not. A store that finds them up
/// to date changes nothing when it is opened.
/// </summary>
public static partial class EfStoreScript
{
    /// <summary>The script that creates the tables in a database that exists. Run again, it changes nothing.</summary>
    /// <param name="provider">The kind of database.</param>
    /// <exception cref="ArgumentOutOfRangeException">The provider is not known.</exception>
    public static string Create(EfProvider provider)
    {
        switch (provider)
        {
            case EfProvider.MySql:
                // Each statement of a migration can be repeated there anyway: the server commits after every one.
                using (MessagesContext context = new MySqlMessagesContext.DesignTimeFactory().CreateDbContext([]))
                {
                    return Insertion().Replace(Generate(context), "INSERT IGNORE INTO ");
                }

            case EfProvider.Sqlite:
                using (MessagesContext context = new SqliteMessagesContext.DesignTimeFactory().CreateDbContext([]))
                {
                    return Creation().Replace(Insertion().Replace(Generate(context), "INSERT OR IGNORE INTO "), "$& IF NOT EXISTS ");
                }

            default:
                throw new ArgumentOutOfRangeException(nameof(provider), provider, "Unknown provider.");
        }
    }

    private static string Generate(MessagesContext context) => context.GetService<IMigrator>().GenerateScript();

    [GeneratedRegex("^INSERT INTO ", RegexOptions.Multiline)]
    private static partial Regex Insertion();

    [GeneratedRegex("^CREATE (TABLE|INDEX|UNIQUE INDEX)(?! IF NOT EXISTS)(?= )", RegexOptions.Multiline)]
    private static partial Regex Creation();
}
