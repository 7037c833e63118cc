// error: no type named 'SQLiteStore' in module 'SQLiteStorage'
import Planwright

func host(_ store: SQLiteStorage.SQLiteStore) {}
