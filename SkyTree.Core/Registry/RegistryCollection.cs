namespace SkyTree.Core.Registry;

/// <summary>What people configure while the broker runs, by kind. The numbers are kept on disk and sent between nodes.</summary>
internal enum RegistryCollection : byte
{
    /// <summary>Admin accounts, by name.</summary>
    Admins = 1,

    /// <summary>API keys, by identifier.</summary>
    ApiKeys = 2,

    /// <summary>When accounts and keys were used last, to the hour: <c>admin:{name}</c>, <c>key:{id}</c>.</summary>
    LastUses = 3,

    /// <summary>Users that devices connect as, by name.</summary>
    Users = 4,

    /// <summary>Rules of who may do what with which topics, by identifier.</summary>
    AccessRules = 5,

    /// <summary>Who is kept out, by identifier.</summary>
    Bans = 6,

    /// <summary>Single values, by name.</summary>
    Settings = 7,

    /// <summary>Which node is to hand out what a shared group reads from the log, by the group's filter.</summary>
    SharedGroups = 16,

    /// <summary>What the portal's cookies are sealed with, by name.</summary>
    PortalKeys = 20,
}
